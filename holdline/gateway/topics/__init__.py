"""The topics of Genesys Cloud that Holdline understands, a module for each family, and the table of them."""
