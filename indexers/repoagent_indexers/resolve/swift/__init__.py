"""What names mean in Swift."""
