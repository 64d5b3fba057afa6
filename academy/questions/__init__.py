"""Knowledge questions: their versions, marking and drawing."""
