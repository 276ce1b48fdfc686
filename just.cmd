@echo off
rem O ./just do Windows: .\just treina faz o mesmo que just treina, com o just instalado em .venv.
setlocal
set "PYTHONUTF8=1"
set "python=py -3"
set "casca=--shell py --shell-arg -3"
where /q py || (set "python=python" & set "casca=--shell python")
where /q py || where /q python || (
    echo erro: preciso de Python 3.11, 3.12 ou 3.13; baixe-o de https://www.python.org/downloads/>&2
    exit /b 2
)
%python% "%~dp0ferramentas\ambiente.py" requirements-just.txt || exit /b 2
"%~dp0.venv\Scripts\just.exe" --justfile "%~dp0justfile" %casca% --shell-arg ferramentas/roda.py --shell-arg --receita %*
