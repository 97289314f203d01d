SELECT open_mode, restricted FROM v$pdbs WHERE name = SYS_CONTEXT('USERENV', 'CON_NAME')
