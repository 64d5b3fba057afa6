"""Other tools' files, read into our documents and written from them."""
