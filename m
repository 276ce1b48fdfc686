um verso [x]

outro
