using System.Globalization;
using EhrLedger.Consent.Grants;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Fhir.Access;
using EhrLedger.Fhir.Conformance;
using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.References;
using EhrLedger.Node.Authoring;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Subscriptions;

/// <summary>How a subscription stands.</summary>
/// <remarks>Source: FHIR R4, Subscription.status.</remarks>
internal enum SubscriptionState : byte
{
    /// <summary>Its endpoint has not answered yet.</summary>
    Requested = 1,

    /// <summary>Notifications go out.</summary>
    Active = 2,

    /// <summary>The last one failed; it is tried again.</summary>
    Error = 3,

    /// <summary>Nothing goes out any more.</summary>
    Off = 4,
}

/// <summary>A subscription as it is kept, sealed, in records.db.</summary>
/// <param name="Id">FHIR id.</param>
/// <param name="Asking">Whose it is, and what for: as they stand in each row of its reads.</param>
/// <param name="Json">The Subscription as it was sent; its status, error, id and meta do not count.</param>
internal sealed record KeptSubscription(string Id, Asking Asking, ReadOnlyMemory<byte> Json)
{
    private const int MostText = 1 << 20;

    /// <summary>Its row in the table; 0 until it stands there.</summary>
    public long Row { get; init; }

    public SubscriptionState State { get; init; } = SubscriptionState.Requested;

    /// <summary>What went wrong last, without a word of what the endpoint said; empty for nothing.</summary>
    public string Error { get; init; } = "";

    /// <summary>Counts its changes, whoever made them.</summary>
    public uint Version { get; init; } = 1;

    /// <summary>When its owner sent it last. Whole milliseconds.</summary>
    public required DateTimeOffset Sent { get; init; }

    /// <summary>When it changed last. Whole milliseconds.</summary>
    public required DateTimeOffset Changed { get; init; }

    /// <summary>Versions up to this row of the table were there before it was sent, and are not told.</summary>
    public required long After { get; init; }

    /// <summary>Entries that this node's copy of the ledger had when it was sent: what was granted before, and stood there, is not told.</summary>
    public required ulong Ledger { get; init; }

    /// <summary>The caller's scopes, as <see cref="FhirAccess.Scopes"/> has them.</summary>
    public required string Scopes { get; init; }

    /// <summary>The caller, with what its scopes let it see; nothing, if they can't be read any more.</summary>
    public Asking AskingWithin(ServerBase server) => Asking with { Access = FhirAccess.Parse(Scopes, null, server, Sent) ?? FhirAccess.Nothing, Needs = Interactions.Read | Interactions.Search };

    /// <summary>As it stands after something has happened to it.</summary>
    public KeptSubscription Turned(SubscriptionState state, string error, DateTimeOffset now) =>
        this with { State = state, Error = error, Version = Version + 1, Changed = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds()) };

    public byte[] Encode() => new DeterministicCborWriter(512 + Json.Length).WriteArray(14)
        .WriteText(Id).WriteText(Asking.Client).WriteText(Scopes).WriteText(Asking.Purpose.Code).WriteText(Asking.Person).WriteText(Asking.Role)
        .WriteBytes(Json.Span).WriteUInt((ulong)State).WriteText(Error).WriteUInt(Version).WriteUInt((ulong)Sent.ToUnixTimeMilliseconds()).WriteUInt((ulong)Changed.ToUnixTimeMilliseconds()).WriteUInt((ulong)After).WriteUInt(Ledger).ToArray();

    /// <summary>Null for what is none.</summary>
    /// <param name="bytes">As <see cref="Encode"/> wrote them.</param>
    /// <param name="row">Of the table.</param>
    public static KeptSubscription? TryParse(ReadOnlyMemory<byte> bytes, long row) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(14);
        var id = reader.ReadText(100);
        var (client, scopes) = (reader.ReadText(MostText), reader.ReadText(MostText));
        var asking = new Asking(reader.Require(PurposeOfUse.TryParse(reader.ReadText(100))), reader.ReadText(200), reader.ReadText(100), default) { Client = client };
        var kept = new KeptSubscription(id, asking, reader.ReadBytes(0, SubscriptionRules.Largest))
        {
            Row = row,
            Scopes = scopes,
            State = (SubscriptionState)reader.ReadByte(),
            Error = reader.ReadText(1_000),
            Version = reader.ReadUInt32(),
            Sent = ReadTime(reader),
            Changed = ReadTime(reader),
            After = (long)reader.ReadUInt(long.MaxValue),
            Ledger = reader.ReadUInt(),
        };
        reader.Require(Enum.IsDefined(kept.State));
        reader.ReadEndArray();
        return kept;
    });

    /// <summary>As its owner sees it.</summary>
    public Subscription Show()
    {
        var shown = Read();
        shown.Status = State switch
        {
            SubscriptionState.Requested => Subscription.SubscriptionStatus.Requested,
            SubscriptionState.Active => Subscription.SubscriptionStatus.Active,
            SubscriptionState.Error => Subscription.SubscriptionStatus.Error,
            SubscriptionState.Off => Subscription.SubscriptionStatus.Off,
        };
        shown.Error = Error.Length == 0 ? null : Error;
        new ResourceVersion("Subscription", Id, Version.ToString(CultureInfo.InvariantCulture), Changed).Stamp(shown);
        return shown;
    }

    /// <summary>As it was sent.</summary>
    public Subscription Read() =>
        FhirJson.Parse(Json.Span).Match<Subscription?>(resource => resource as Subscription, _ => null) ?? throw new InvalidOperationException("What was kept as a Subscription is none.");

    private static DateTimeOffset ReadTime(StrictCborReader reader) => DateTimeOffset.FromUnixTimeMilliseconds((long)reader.ReadUInt(253_402_300_799_999));
}
