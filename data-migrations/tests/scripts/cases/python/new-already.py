import cronium

cronium.set_variable('n', cronium.get_variable('n'))
