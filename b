o rio
@
