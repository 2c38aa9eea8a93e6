"""What a use of a name means: which definition, and how sure that is. Worked out when it is asked for, not indexed."""
