using EhrLedger.Consent.Erasing;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Storage;

namespace EhrLedger.Node.Erasing;

/// <summary>Resources that this author has to keep, as its operator has recorded: an erasure waits for the hold's end, and the patient sees why.</summary>
internal sealed class LegalHolds(SqliteFile records, AuthorReader reader, Erasures erasures)
{
    /// <summary>Records a hold, or another ground for it.</summary>
    /// <returns>False where there never was such a resource.</returns>
    public bool Set(string type, string id, HoldGround ground)
    {
        if (reader.Find(type, id) is null)
        {
            return false;
        }

        records.WriteBeside(session => session.Execute(
            "INSERT INTO legal_holds (Key, Ground) VALUES ($1, $2) ON CONFLICT (Key) DO UPDATE SET Ground = $2", reader.KeyOf(type, id), (long)ground));
        return true;
    }

    /// <summary>Why a resource is kept.</summary>
    /// <returns>False where there never was such a resource; null where nothing holds it.</returns>
    public bool TryFind(string type, string id, out HoldGround? ground)
    {
        ground = (HoldGround?)records.Read(session => session.Find("SELECT Ground FROM legal_holds WHERE Key = $1", row => (long?)row.GetInt64(0), reader.KeyOf(type, id)));
        return reader.Find(type, id) is not null;
    }

    /// <summary>Lifts a hold; an erasure that waits for it goes on.</summary>
    /// <returns>False where there is none.</returns>
    public bool Lift(string type, string id)
    {
        var lifted = 0;
        records.WriteBeside(session => lifted = session.Execute("DELETE FROM legal_holds WHERE Key = $1", reader.KeyOf(type, id)));
        erasures.Tell();
        return lifted > 0;
    }
}
