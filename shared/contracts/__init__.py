"""Every event the hub knows, each declared once.

The data classes here are plain (frozen, slotted, keyword-only dataclasses), so a service's domain may use them;
`shared.contracts.codec` is the one place where pydantic validates them and turns them into JSON.
"""
