INSERT INTO notices (body) VALUES (?1)
