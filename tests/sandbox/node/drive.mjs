// Drives a sandbox through node-oracledb in thin mode and prints what it saw as JSON. Address and password come from the environment.
import oracledb from 'oracledb';

const config = {
  user: 'SYSTEM',
  password: process.env.SANDBOX_PASSWORD,
  connectString: `127.0.0.1:${process.env.SANDBOX_PORT}/FREEPDB1`,
};
const seen = {};

async function errorOf(work) {
  try {
    await work();
    return null;
  } catch (error) {
    return error.code ?? `ORA-${String(error.errorNum).padStart(5, '0')}`;
  }
}

async function queries(connection) {
  const people = await connection.execute(
    'SELECT employee_id, last_name, salary, hire_date FROM hr.employees WHERE employee_id < :limit ORDER BY employee_id',
    { limit: 103 },
  );
  seen.columns = people.metaData.map((column) => column.name);
  seen.rows = people.rows.length;
  seen.types = people.rows[0].map((value) => (value instanceof Date ? 'date' : typeof value));
  const all = await connection.execute('SELECT employee_id FROM hr.employees', [], {
    resultSet: true,
    fetchArraySize: 7,
  });
  seen.fetched = 0;
  for await (const row of all.resultSet) seen.fetched += row.length;
}

async function changes(connection) {
  await connection.execute('CREATE TABLE notes (id NUMBER PRIMARY KEY, body CLOB, made TIMESTAMP, bytes RAW(10))');
  const many = await connection.executeMany('INSERT INTO notes (id, body) VALUES (:1, :2)', [[1, 'a'], [2, 'b'], [3, null]]);
  seen.inserted = many.rowsAffected;
  await connection.rollback();
  seen.afterRollback = (await connection.execute('SELECT COUNT(*) FROM notes')).rows[0][0];
  const long = 'long text '.repeat(5000);
  await connection.execute(
    'INSERT INTO notes VALUES (1, :body, :made, :bytes)',
    { body: long, made: new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 678)), bytes: Buffer.from([1, 2, 255]) },
    { autoCommit: true },
  );
  const [body, bytes] = (await connection.execute('SELECT body, bytes FROM notes', [], {
    fetchInfo: { BODY: { type: oracledb.STRING } },
  })).rows[0];
  seen.lob = body === long;
  seen.raw = [...bytes];
  const changed = await connection.execute(
    'UPDATE notes SET id = id + 1 RETURNING id INTO :id',
    { id: { dir: oracledb.BIND_OUT, type: oracledb.NUMBER } },
  );
  seen.returned = changed.outBinds.id;
  await connection.commit();
}

async function blocks(connection) {
  const result = await connection.execute(
    "BEGIN :sum := :a + :b; :text := 'it is ' || :a; END;",
    { sum: { dir: oracledb.BIND_OUT, type: oracledb.NUMBER }, text: { dir: oracledb.BIND_OUT, type: oracledb.STRING }, a: 2, b: 3 },
  );
  seen.block = result.outBinds;
  const cursor = await connection.execute(
    'BEGIN OPEN :c FOR SELECT job_id FROM hr.jobs ORDER BY job_id; END;',
    { c: { dir: oracledb.BIND_OUT, type: oracledb.CURSOR } },
  );
  seen.cursor = (await cursor.outBinds.c.getRows()).length;
}

async function access(connection) {
  const alice = { user: 'alice', password: 'sandbox', connectString: config.connectString };
  seen.wrongPassword = await errorOf(() => oracledb.getConnection({ ...alice, password: 'wrong' }));
  const hers = await oracledb.getConnection(alice);
  seen.cannot = await errorOf(() => hers.execute('SELECT * FROM hr.employees'));
  await connection.execute('GRANT SELECT ON hr.employees TO alice');
  seen.can = (await hers.execute('SELECT COUNT(*) FROM hr.employees')).rows[0][0];
  await connection.execute('REVOKE SELECT ON hr.employees FROM alice');
  seen.cutOff = await errorOf(() => hers.execute('SELECT * FROM hr.employees'));
  const [sid, serial] = (await connection.execute("SELECT sid, serial# FROM v$session WHERE username = 'ALICE'")).rows[0];
  await connection.execute(`ALTER SYSTEM KILL SESSION '${sid},${serial}' IMMEDIATE`);
  seen.killed = (await errorOf(() => hers.execute('SELECT 1 FROM dual'))) !== null;
  await connection.execute('ALTER USER alice GRANT CONNECT THROUGH bob');
  const proxied = await oracledb.getConnection({ ...alice, user: 'bob[alice]' });
  seen.proxied = (await proxied.execute("SELECT user, sys_context('USERENV', 'PROXY_USER') FROM dual")).rows[0];
  await proxied.close();
}

async function pool() {
  const made = await oracledb.createPool({ ...config, poolMin: 1, poolMax: 3 });
  const answers = await Promise.all([1, 2, 3, 4, 5].map(async (number) => {
    const connection = await made.getConnection();
    const { rows } = await connection.execute('SELECT :n * 2 FROM dual', [number]);
    await connection.close();
    return rows[0][0];
  }));
  seen.pool = answers;
  await made.close(0);
}

const connection = await oracledb.getConnection(config);
seen.thin = oracledb.thin;
seen.version = connection.oracleServerVersionString;
for (const part of [queries, changes, blocks, access]) await part(connection);
await connection.close();
await pool();
console.log(JSON.stringify(seen));
