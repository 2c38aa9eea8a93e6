"""JavaScript and TypeScript: where names come from that their file does not declare."""
