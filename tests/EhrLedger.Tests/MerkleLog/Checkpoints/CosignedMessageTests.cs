using System.Text;
using EhrLedger.MerkleLog.Notes;
using NUnit.Framework;

namespace EhrLedger.Tests.MerkleLog.Checkpoints;

/// <summary>The signed bytes, spelled out by hand from c2sp.org/tlog-cosignature.</summary>
public sealed class CosignedMessageTests
{
    private const string Text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    private static readonly DateTimeOffset Time = DateTimeOffset.FromUnixTimeSeconds(1_679_315_147);

    [Test]
    public void For_Ed25519_is_the_example_of_the_standard() => Assert.That(
        Encoding.UTF8.GetString(CosignedMessage.ForEd25519(Time, Text)),
        Is.EqualTo("cosignature/v1\ntime 1679315147\n" + Text));

    [Test]
    public void For_ML_DSA_is_the_struct_of_the_standard()
    {
        byte[] expected =
        [
            .. "subtree/v1\n\0"u8,
            10, .. "w1.example"u8,
            0, 0, 0, 0, 0x64, 0x18, 0x50, 0xCB,
            27, .. "example.com/behind-the-sofa"u8,
            0, 0, 0, 0, 0, 0, 0, 0,
            0, 0, 0, 0, 0x01, 0x3E, 0x2D, 0xC3,
            .. Convert.FromBase64String("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="),
        ];
        Assert.That(CosignedMessage.ForMlDsa44(TestKeys.Name("w1.example"), Time, Text), Is.EqualTo(expected));
    }
}
