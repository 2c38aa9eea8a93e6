"""The ground floor: what the repository says. Knows no prompt and no model's words."""
