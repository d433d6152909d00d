using System.Collections.Immutable;
using System.Text.Json;
using EhrLedger.Crypto;
using EhrLedger.MerkleLog.Tree;
using NUnit.Framework;

namespace EhrLedger.Tests.MerkleLog.Tree;

/// <summary>The vectors of transparency-dev/merkle, good and bad.</summary>
public sealed class PublishedProofTests
{
    [TestCaseSource(nameof(Inclusion))]
    public void Inclusion_proofs_agree_with_the_published_vector(string file)
    {
        using JsonDocument vector = Read(file);
        JsonElement fields = vector.RootElement;
        bool verifies = Hash(fields, "leafHash") is { } leaf && Hash(fields, "root") is { } root && Path(fields) is { } path
            && new InclusionProof(fields.GetProperty("leafIdx").GetUInt64(), fields.GetProperty("treeSize").GetUInt64(), path).Verifies(leaf, root);
        Assert.That(verifies, Is.Not.EqualTo(fields.GetProperty("wantErr").GetBoolean()));
    }

    [TestCaseSource(nameof(Consistency))]
    public void Consistency_proofs_agree_with_the_published_vector(string file)
    {
        using JsonDocument vector = Read(file);
        JsonElement fields = vector.RootElement;
        bool verifies = Path(fields) is { } path
            && new ConsistencyProof(fields.GetProperty("size1").GetUInt64(), fields.GetProperty("size2").GetUInt64(), path)
                .Verifies(Root(fields, "root1"), Root(fields, "root2"));
        Assert.That(verifies, Is.Not.EqualTo(fields.GetProperty("wantErr").GetBoolean()));
    }

    public static IEnumerable<string> Inclusion() => Files("inclusion");

    public static IEnumerable<string> Consistency() => Files("consistency");

    private static IEnumerable<string> Files(string kind)
    {
        if (PublishedData.FindFolder() is not { } folder)
        {
            return ["absent"];
        }

        string merkle = FolderOf(folder, kind);
        return Directory.EnumerateFiles(merkle, "*.json", SearchOption.AllDirectories)
            .Select(file => System.IO.Path.GetRelativePath(folder, file)).Order(StringComparer.Ordinal);
    }

    private static string FolderOf(string folder, string kind) => System.IO.Path.Combine(folder, "vectors", "merkle", kind);

    private static JsonDocument Read(string file) => JsonDocument.Parse(PublishedData.Read(file));

    private static Digest? Hash(JsonElement fields, string name) =>
        Digest.TryFromBytes(fields.GetProperty(name).GetBytesFromBase64(), out Digest hash) ? hash : null;

    /// <summary>Some of the vectors have roots of 12 bytes, to be compared and nothing more: their digests stand in for them.</summary>
    private static Digest Root(JsonElement fields, string name) => Hash(fields, name) ?? Digest.Of(fields.GetProperty(name).GetBytesFromBase64());

    /// <summary>Null where a hash of the proof has another length than 32: nothing that could become a proof here.</summary>
    private static ImmutableArray<Digest>? Path(JsonElement fields)
    {
        var path = ImmutableArray.CreateBuilder<Digest>();
        JsonElement proof = fields.GetProperty("proof");
        if (proof.ValueKind == JsonValueKind.Null)
        {
            return [];
        }

        foreach (JsonElement element in proof.EnumerateArray())
        {
            if (!Digest.TryFromBytes(element.GetBytesFromBase64(), out Digest hash))
            {
                return null;
            }

            path.Add(hash);
        }

        return path.ToImmutable();
    }
}
