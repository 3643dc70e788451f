"""Looking at data sets: what is there, is it sound, what does it show."""
