"""Independent calculations that the hub's figures are held against. Nothing here uses code of the services."""
