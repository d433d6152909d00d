using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using NUnit.Framework;

namespace EhrLedger.Tests.Crypto.Hpke;

/// <summary>Another implementation of HPKE (tests/HpkePeer, in JavaScript), asked through a process of its own.</summary>
internal static class HpkePeer
{
    private const string Absent = "The other implementation is absent: it needs Node.js, and npm ci in tests/HpkePeer.";
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>What the peer makes of messages to a recipient.</summary>
    public static Sealed Seal(SealRequest request) => Ask<Sealed>(new { seal = request });

    /// <summary>What the peer opens.</summary>
    public static Opened Open(OpenRequest request) => Ask<Opened>(new { open = request });

    private static T Ask<T>(object request)
    {
        var folder = Path.Combine(Repository.FindRoot() ?? throw new DirectoryNotFoundException("EhrLedger.sln"), "tests", "HpkePeer");
        if (!Directory.Exists(Path.Combine(folder, "node_modules")))
        {
            Assert.Ignore(Absent);
        }

        using var peer = Start(folder);
        var failure = peer.StandardError.ReadToEndAsync();
        peer.StandardInput.Write(JsonSerializer.Serialize(request, Json));
        peer.StandardInput.Close();
        var answer = peer.StandardOutput.ReadToEnd();
        peer.WaitForExit();
        Assert.That(peer.ExitCode, Is.Zero, failure.Result);
        return JsonSerializer.Deserialize<T>(answer, Json)!;
    }

    private static Process Start(string folder)
    {
        try
        {
            return Process.Start(new ProcessStartInfo("node", ["peer.mjs"])
            {
                WorkingDirectory = folder,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        }
        catch (Win32Exception)
        {
            Assert.Ignore(Absent);
            throw;
        }
    }

    /// <param name="Aad">Hex, as all bytes here.</param>
    /// <param name="Text">Plaintext, or what was sealed.</param>
    internal sealed record Message(string Aad, string Text);

    internal sealed record SealRequest(string Recipient, string Info, IReadOnlyList<Message> Messages, IReadOnlyList<string> Exports);

    internal sealed record Sealed(string Encapsulation, IReadOnlyList<string> Messages, IReadOnlyList<string> Exports);

    internal sealed record OpenRequest(string Recipient, string Encapsulation, string Info, IReadOnlyList<Message> Messages, IReadOnlyList<string> Exports)
    {
        public SmallSeal? Small { get; init; }
    }

    internal sealed record SmallSeal(string Context, string Text);

    /// <param name="Messages">Null where one does not open.</param>
    /// <param name="Exports">32 bytes for each context.</param>
    /// <param name="Small">Null where it does not open, or none was asked for.</param>
    internal sealed record Opened(IReadOnlyList<string?> Messages, IReadOnlyList<string> Exports, string? Small);
}
