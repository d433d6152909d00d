using System.Collections.Immutable;
using System.Text;
using System.Text.Unicode;

namespace EhrLedger.MerkleLog.Notes;

/// <summary>A text with signature lines under it, as received: well-formed, and otherwise unchecked. <see cref="Open"/> checks.</summary>
/// <remarks>Source: c2sp.org/signed-note.</remarks>
public sealed class SignedNote
{
    /// <summary>Longest note that is read: 512 KiB, room for two signatures (Ed25519, ML-DSA-44) each of a log and 63 witnesses.</summary>
    public const int MaxBytes = 512 * 1024;

    /// <summary>Most signature lines that are read: 128. (The standard asks for 16 at least.)</summary>
    public const int MaxSignatures = 128;

    private readonly ImmutableArray<VerifiedSignature> _verified;

    private SignedNote(string text, ImmutableArray<NoteSignature> signatures, ImmutableArray<VerifiedSignature> verified)
    {
        Text = text;
        Signatures = signatures;
        _verified = verified;
    }

    /// <summary>The signed text, which ends in a newline. Not to be acted on before it is verified.</summary>
    public string Text { get; }

    /// <summary>The signature lines in their order; never empty.</summary>
    public ImmutableArray<NoteSignature> Signatures { get; }

    /// <summary>Reads a note.</summary>
    /// <returns>Null unless these are exactly the bytes that <see cref="Encode"/> gives for some note within the limits.</returns>
    public static SignedNote? Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxBytes || !Utf8.IsValid(bytes))
        {
            return null;
        }

        string note = Encoding.UTF8.GetString(bytes);
        // The text may have empty lines of its own: the last one is where the signatures begin.
        int split = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (split < 0 || HasForbiddenControl(note) || !note.EndsWith('\n'))
        {
            return null;
        }

        string signatureBlock = note[(split + 2)..];
        return signatureBlock.Length > 0 && ReadSignatures(signatureBlock[..^1]) is { } signatures
            ? new SignedNote(note[..(split + 1)], signatures, [])
            : null;
    }

    /// <summary>Puts signatures under a text.</summary>
    /// <param name="text">Ends in a newline and has no other control character.</param>
    /// <param name="signatures">At least one.</param>
    /// <exception cref="ArgumentException">Text or number of signatures cannot stand in a note.</exception>
    public static SignedNote Create(string text, params IEnumerable<NoteSignature> signatures)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.EndsWith('\n') || HasForbiddenControl(text))
        {
            throw new ArgumentException("A note's text ends in a newline and has no other control character.", nameof(text));
        }

        ImmutableArray<NoteSignature> distinct = [.. signatures.Distinct()];
        return distinct.Length is > 0 and <= MaxSignatures
            ? new SignedNote(text, distinct, [])
            : throw new ArgumentException($"A note has 1 to {MaxSignatures} signatures.", nameof(signatures));
    }

    /// <summary>The same text with more signatures after those that it has; one that it already has is not repeated.</summary>
    /// <exception cref="ArgumentException">More than <see cref="MaxSignatures"/> in all.</exception>
    public SignedNote With(params IEnumerable<NoteSignature> more) => new(Text, Create(Text, [.. Signatures, .. more]).Signatures, _verified);

    /// <summary>As above, with signatures that need not be checked again: <see cref="Open"/> takes them as they are.</summary>
    /// <exception cref="ArgumentException">More than <see cref="MaxSignatures"/> in all, or one that was verified under another text.</exception>
    public SignedNote With(params IEnumerable<VerifiedSignature> more)
    {
        ImmutableArray<VerifiedSignature> verified = [.. more];
        return verified.All(signature => signature.Text == Text)
            ? new(Text, With(verified.Select(signature => signature.Signature)).Signatures, [.. _verified, .. verified])
            : throw new ArgumentException("A signature counts under the text that it was verified under.", nameof(more));
    }

    /// <summary>The note's bytes.</summary>
    public byte[] Encode()
    {
        var note = new StringBuilder(Text).Append('\n');
        foreach (NoteSignature signature in Signatures)
        {
            note.Append(signature).Append('\n');
        }

        return Encoding.UTF8.GetBytes(note.ToString());
    }

    /// <summary>Checks every signature whose name and key id belong to a known key, and ignores all others.</summary>
    /// <returns>
    /// One verified signature per known key that signed (the latest by its own timestamp, should it have signed twice). Empty if no known key
    /// signed, and also if any signature of a known key is wrong: such a note has been tampered with, and nothing of it is to be trusted.
    /// </returns>
    public ImmutableArray<VerifiedSignature> Open(params IEnumerable<NoteVerifier> known)
    {
        ILookup<(NoteKeyName Name, uint KeyId), NoteVerifier> keys = known.Distinct().ToLookup(key => (key.Name, key.KeyId));
        var verified = new Dictionary<NoteVerifier, VerifiedSignature>();
        foreach (NoteSignature signature in Signatures)
        {
            foreach (NoteVerifier key in keys[(signature.Name, signature.KeyId)])
            {
                if ((FindVerified(key, signature) ?? key.Verify(Text, signature)) is not { } good)
                {
                    return [];
                }

                if (!verified.TryGetValue(key, out VerifiedSignature? earlier) || earlier.SignedAt < good.SignedAt)
                {
                    verified[key] = good;
                }
            }
        }

        return [.. verified.Values];
    }

    private VerifiedSignature? FindVerified(NoteVerifier key, NoteSignature signature) =>
        _verified.FirstOrDefault(known => known.Key.Equals(key) && known.Signature.Equals(signature));

    private static bool HasForbiddenControl(string text)
    {
        foreach (char c in text)
        {
            if (c < ' ' && c != '\n')
            {
                return true;
            }
        }

        return false;
    }

    private static ImmutableArray<NoteSignature>? ReadSignatures(string block)
    {
        var signatures = ImmutableArray.CreateBuilder<NoteSignature>();
        foreach (string line in block.Split('\n', MaxSignatures + 1))
        {
            if (signatures.Count == MaxSignatures || NoteSignature.Parse(line) is not { } signature)
            {
                return null;
            }

            signatures.Add(signature);
        }

        // A line that stands twice adds nothing, and no signer writes it: it would only give the same note a second spelling.
        return signatures.Distinct().Count() == signatures.Count ? signatures.ToImmutable() : null;
    }
}
