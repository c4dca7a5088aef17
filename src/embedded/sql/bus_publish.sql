INSERT INTO messages (body) VALUES (?1)
