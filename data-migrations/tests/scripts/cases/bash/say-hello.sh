echo 'nothing of Cronium in here'
exit 0
