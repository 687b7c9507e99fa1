"""The ground floor: facts about every operation, our words merged in. Imports nothing above."""
