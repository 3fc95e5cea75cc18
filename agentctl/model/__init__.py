"""The nouns: everybody may import them, they import nothing but each other."""
