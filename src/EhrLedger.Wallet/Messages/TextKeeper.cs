using EhrLedger.Crypto.Cbor;
using EhrLedger.Wallet.State;

namespace EhrLedger.Wallet.Messages;

/// <summary>Keeps what people at organisations have written until the patient puts it away, on this device alone: docs/formats.md, wallet-texts. Without it a message would be gone with the page that picked it up.</summary>
internal sealed class TextKeeper(WalletSession session)
{
    /// <summary>The oldest ones make room.</summary>
    public const int Most = 50;

    /// <summary>An organisation's node sends no more; what another agent may send is cut there.</summary>
    public const int MostCharacters = 16_384;

    private const int MostId = 200;
    private const string Name = "texts";
    private const byte Version = 1;

    public async Task<IReadOnlyList<TextReceived>> ReadAsync(CancellationToken cancellationToken) =>
        await session.Vault.ReadAsync(Name, cancellationToken).ConfigureAwait(false) is { } bytes ? TryParse(bytes) ?? [] : [];

    public async Task AddAsync(TextReceived text, CancellationToken cancellationToken)
    {
        var kept = await ReadAsync(cancellationToken).ConfigureAwait(false);
        if (kept.Any(known => known.Organisation == text.Organisation && known.Id == text.Id))
        {
            // It was picked up before, and the receipt did not arrive.
            return;
        }

        await WriteAsync([.. kept.Append(text with { Id = Shorten(text.Id, MostId), Text = Shorten(text.Text, MostCharacters) }).TakeLast(Most)], cancellationToken).ConfigureAwait(false);
    }

    public async Task RemoveAsync(TextReceived text, CancellationToken cancellationToken)
    {
        var kept = (await ReadAsync(cancellationToken).ConfigureAwait(false)).ToList();
        if (kept.Remove(text))
        {
            await WriteAsync(kept, cancellationToken).ConfigureAwait(false);
        }
    }

    internal static byte[] Encode(IReadOnlyList<TextReceived> texts) => new DeterministicCborWriter(1_024)
        .WriteArray(2)
        .WriteUInt(Version)
        .WriteAll(texts, (items, text) => items.WriteArray(4).WriteBytes(text.Organisation.Key.ToArray()).WriteText(text.Id).WriteUInt((ulong)text.ReceivedAt.ToUnixTimeMilliseconds()).WriteText(text.Text))
        .ToArray();

    internal static IReadOnlyList<TextReceived>? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        reader.Require(reader.ReadByte() == Version);
        var texts = reader.ReadArray(0, Most, item =>
        {
            item.ReadStartArray(4);
            var organisation = item.ReadOrganisation();
            var id = item.ReadText(3 * MostId);
            var time = DateTimeOffset.FromUnixTimeMilliseconds((long)item.ReadUInt(253_402_300_799_999));
            var text = new TextReceived(organisation, id, item.ReadText(3 * MostCharacters), time);
            item.ReadEndArray();
            return text;
        });
        reader.ReadEndArray();
        return texts;
    });

    private Task WriteAsync(IReadOnlyList<TextReceived> texts, CancellationToken cancellationToken) => session.Vault.WriteAsync(Name, Encode(texts), cancellationToken).AsTask();

    // Never between the two halves of one character.
    private static string Shorten(string text, int most) => text.Length <= most ? text : text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)];
}
