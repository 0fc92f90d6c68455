"""The one spelling of every address; profile is asked with addresses as people type them, so it lies in shared."""

from shared.identities import MAX_LENGTH, Identities, Normalised, WrongIdentity, normal_email

__all__ = ["MAX_LENGTH", "Identities", "Normalised", "WrongIdentity", "normal_email"]
