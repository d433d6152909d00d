using EhrLedger.Consent.Records;

namespace EhrLedger.Node.Authoring;

/// <summary>
/// The text of the token by which a grantee finds one record, beside those that its content gives. Holders file the record id in the clear anyway; the token spares the grantee from naming the
/// record in its request, and from asking for all others of the type.
/// </summary>
internal static class RecordToken
{
    public static string Of(RecordId record) => $"_record|{record}";
}
