"""What only the workshop needs: servers for tests, catalogue checks; the product imports nothing from here."""
