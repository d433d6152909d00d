using EhrLedger.Node.Settings;

namespace EhrLedger.Node.Hosting;

/// <summary>What the console says when the node is up.</summary>
internal static class Greeting
{
    /// <summary>Who, where, and what to do next.</summary>
    /// <param name="identity">Who.</param>
    /// <param name="settings">Where.</param>
    /// <param name="developmentKey">File with the development client's key; null where there is none.</param>
    public static void Print(NodeIdentity identity, NodeSettings settings, string? developmentKey)
    {
        var url = settings.PublicUrl.TrimEnd('/');
        var next = developmentKey is null
            ? $"Next: register a client with `ehrledger client add --socket {settings.AdminSocket}` (docs/security.md)."
            : $"""
              Next: get a token with the development client, which only works while FHIR is on this machine only, and is for trying things out:
                TOKEN=$(ehrledger client token {url} --key {developmentKey})
                curl -H "Authorization: Bearer $TOKEN" {url}/fhir/Patient
              """;
        var consortium = identity.Genesis.Members.Count == 1
            ? "a consortium of its own"
            : $"the consortium '{identity.Genesis.Name}' of {identity.Genesis.Members.Count}, as {(identity.IsSequencer ? "its sequencer" : "a follower")}";
        Console.WriteLine(
            $"""
            EhrLedger runs.
              Organisation  {settings.Name}, in {consortium}
              Name          {identity.Organisation}
              Genesis       {identity.Genesis.Digest}
              FHIR          {url}/fhir
              Data          {settings.Data}
              Keys          {settings.Keys}  (not in the data folder: back them up apart)
            {next}
            {url}/health says how it is. Ctrl+C stops the node.
            """);
    }
}
