"""The commands about detection by polling."""
