“mar” – só
@
