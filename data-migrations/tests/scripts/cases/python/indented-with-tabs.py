def main():
	from cronium import (
		getVariable,
		setVariable as keep,
	)
	keep('n', int(getVariable('n') or 0) + 1)

main()