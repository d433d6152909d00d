using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics.CodeAnalysis;

namespace EhrLedger.Cli.Nodes;

/// <summary>Addresses as they are typed: absolute, http or https, without user, query or fragment.</summary>
internal static class NodeAddress
{
    /// <summary>The argument URL.</summary>
    public static Argument<Uri> Argument(string description) => new("URL") { Description = description, CustomParser = Parse };

    /// <summary>An option that names a node.</summary>
    public static Option<Uri?> Option(string name, string description) => new(name) { Description = description, HelpName = "URL", CustomParser = Parse };

    /// <summary>Reads an address. False for whatever it should not be.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Uri? address)
    {
        address = Uri.TryCreate(text, UriKind.Absolute, out var uri)
            && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
            && uri.UserInfo.Length == 0 && uri.Query.Length == 0 && uri.Fragment.Length == 0
            ? new Uri(uri.AbsoluteUri.TrimEnd('/'))
            : null;
        return address is not null;
    }

    private static Uri Parse(ArgumentResult result)
    {
        var typed = result.Tokens is [var token, ..] ? token.Value : "";
        if (TryParse(typed, out var address))
        {
            return address;
        }

        result.AddError($"'{typed}' is no address: write http://127.0.0.1:5080, for instance.");
        return null!;
    }
}
