"""Teams: workflows that take a card by webhook and post it, or do not."""
