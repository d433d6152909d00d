using EhrLedger.Crypto.Signing;
using EhrLedger.MerkleLog.Notes;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace EhrLedger.Tests.MerkleLog.Notes;

public sealed class NoteVerifierTests
{
    private static readonly NoteVerifier[] Kinds =
        [TestKeys.Log.Verifier, TestKeys.Witness(1).Verifier, TestKeys.QuantumSafeWitness(1).Verifier];

    [TestCaseSource(nameof(Kinds))]
    public void Reads_back_its_string(NoteVerifier verifier) =>
        Assert.That(NoteVerifier.Parse(verifier.ToString()), Is.EqualTo(verifier));

    [Test]
    public void Accepts_only_its_own_spelling() => Prop.ForAll((byte kind, Mutation mutation) =>
    {
        string text = System.Text.Encoding.Latin1.GetString(mutation.Of(System.Text.Encoding.Latin1.GetBytes(Kinds[kind % 3].ToString())));
        return NoteVerifier.Parse(text) is not { } read || read.ToString() == text;
    }).QuickCheckThrowOnFailure();

    [TestCase("PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", TestName = "a wrong key id")]
    [TestCase("PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", TestName = "a key id in capitals")]
    [TestCase("Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", TestName = "a name with a space")]
    [TestCase("+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", TestName = "no name")]
    [TestCase("PeterNeumann+c74f20a3", TestName = "no key")]
    [TestCase("PeterNeumann+c74f20a3+", TestName = "an empty key")]
    [TestCase("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy", TestName = "a short key")]
    [TestCase("PeterNeumann+c74f20a3+AhpC2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", TestName = "an unknown type")]
    [TestCase("", TestName = "nothing")]
    public void Refuses(string text) => Assert.That(NoteVerifier.Parse(text), Is.Null);

    [Test]
    public void Tells_types_of_the_same_key_and_name_apart()
    {
        Ed25519PublicKey key = Ed25519PrivateKey.FromSeed(new byte[32]).Public;
        NoteKeyName name = TestKeys.Name("both.example");
        Assert.That(NoteVerifier.ForNotes(name, key).KeyId, Is.Not.EqualTo(NoteVerifier.ForCosignatures(name, key).KeyId));
    }

    [Test]
    public void Has_names_without_space_plus_or_control([Values("", "a b", "a+b", "a\u00a0b", "a\u2003b", "a\tb", "a\nb", "a\u0085b")] string name) =>
        Assert.That(NoteKeyName.Parse(name), Is.Null);

    [Test]
    public void Has_no_name_with_half_a_character() => Assert.That(NoteKeyName.Parse("a" + (char)0xD800), Is.Null);

    [TestCase(255, true)]
    [TestCase(256, false)]
    public void Has_names_of_at_most_255_bytes(int length, bool isName) =>
        Assert.That(NoteKeyName.Parse(new string('a', length)) is not null, Is.EqualTo(isName));
}
