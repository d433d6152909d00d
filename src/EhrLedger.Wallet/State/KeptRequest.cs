using System.Collections.Immutable;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Ledger.Membership;
using EhrLedger.Messaging.Messages;

namespace EhrLedger.Wallet.State;

/// <summary>A request for access that an organisation has sent.</summary>
/// <param name="Request">16 bytes, hex.</param>
/// <param name="Organisation">Who asks; the same whose agent sent it.</param>
/// <param name="Thread">Of the message, for the answer.</param>
/// <param name="Purposes">Codes.</param>
/// <param name="Categories">Codes.</param>
/// <param name="Days">From the approval.</param>
/// <param name="Text">For people; may be empty.</param>
/// <param name="ReceivedAt">Unix milliseconds.</param>
/// <param name="IsAnswered">Whether the patient has decided.</param>
/// <param name="Untold">Ids of grants, hex, that the organisation has not been told of yet; empty for none.</param>
internal sealed record KeptRequest(
    string Request,
    OrganisationId Organisation,
    string Thread,
    ImmutableArray<string> Purposes,
    ImmutableArray<string> Categories,
    uint Days,
    string Text,
    ulong ReceivedAt,
    bool IsAnswered,
    ImmutableArray<string> Untold)
{
    /// <summary>Most that are kept; the oldest go.</summary>
    public const int Most = 200;

    /// <summary>Most purposes, and most categories, of one.</summary>
    public const int MostCodes = 32;

    /// <summary>Longest text in UTF-16 units.</summary>
    public const int MostText = 2_000;

    private const int MostBytes = 4 * MostText;

    internal static void Write(DeterministicCborWriter writer, KeptRequest item) => writer
        .WriteArray(10)
        .WriteText(item.Request)
        .WriteBytes(item.Organisation.Key.ToArray())
        .WriteText(item.Thread)
        .WriteAll(item.Purposes, (items, one) => items.WriteText(one))
        .WriteAll(item.Categories, (items, one) => items.WriteText(one))
        .WriteUInt(item.Days)
        .WriteText(item.Text)
        .WriteUInt(item.ReceivedAt)
        .WriteBool(item.IsAnswered)
        .WriteAll(item.Untold, (items, one) => items.WriteText(one));

    internal static KeptRequest Read(StrictCborReader reader)
    {
        reader.ReadStartArray(10);
        var item = new KeptRequest(
            reader.ReadText(64),
            reader.ReadOrganisation(),
            reader.ReadText(MostBytes),
            [.. reader.ReadArray(0, MostCodes, code => code.ReadText(100))],
            [.. reader.ReadArray(0, MostCodes, code => code.ReadText(100))],
            reader.ReadUInt32(),
            reader.ReadText(MostBytes),
            reader.ReadUInt(),
            reader.ReadBool(),
            [.. reader.ReadArray(0, DecisionBody.MostGrants, grant => grant.ReadText(64))]);
        reader.ReadEndArray();
        return item;
    }
}
