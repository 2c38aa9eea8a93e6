"""What names mean in Ruby: modules by their nesting, methods by what is known of the object they are called on."""
