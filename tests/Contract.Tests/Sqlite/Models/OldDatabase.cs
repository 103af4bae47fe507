using DlqCluster.Sqlite.Engine;
using static DlqCluster.Contract.Tests.Samples;

namespace DlqCluster.Contract.Tests.Sqlite.Models;

/// <summary>A database as the fifth version of the schema left it, as far as messages are concerned.</summary>
internal static class OldDatabase
{
    public static void Fill(Connection db)
    {
        Schema.MigrateTo(db, version: 5);
        db.Execute($$"""
            INSERT INTO grain_states (grain, name, version, data) VALUES
                ('message/{{Id(1).Value}}', 'message', 7, '{"Text":"both"}'), ('lane/a key', 'lane', 8, '{"Text":"another grain"}'),
                ('message/{{Id(2).Value}}', 'message', 9, '{"Text":"state alone"}');
            INSERT INTO ledger (message_id, partition, lane, due_ms) VALUES
                ({{Blob(1)}}, 0, 'active', {{At(1).ToUnixTimeMilliseconds()}}), ({{Blob(3)}}, 0, 'scheduled', {{At(3).ToUnixTimeMilliseconds()}});
            """);
    }

    private static string Blob(int number) => $"x'{Id(number).Value.Replace("-", "", StringComparison.Ordinal)}'";
}
