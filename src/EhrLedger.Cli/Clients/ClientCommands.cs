using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using EhrLedger.Cli.Shell;

namespace EhrLedger.Cli.Clients;

/// <summary><c>client add|list|rotate|revoke</c>: who may call a node's FHIR API.</summary>
internal static class ClientCommands
{
    private const int LargestKeys = 64 << 10;

    /// <summary>Makes the commands.</summary>
    public static Command Build(Surroundings surroundings) => new("client", "Systems that may call the FHIR API of a node.")
    {
        Add(surroundings),
        List(surroundings),
        Rotate(surroundings),
        Revoke(surroundings),
        TokenCommand.Build(surroundings),
    };

    private static Command Add(Surroundings surroundings)
    {
        var command = new Command("add", "Registers a client, and prints its client_id.");
        var socket = OperatorSocket.Option();
        var name = new Option<string>("--name") { Description = "For people; stands in patients' logs where the client names no person.", HelpName = "NAME", Required = true };
        var scope = new Option<string>("--scope") { Description = "Scopes that it may ask for, such as \"system/Observation.rs system/Patient.r\".", HelpName = "SCOPES", Required = true };
        var purpose = new Option<string?>("--purpose") { Description = "Purposes of use that it may read for, the usual one first. Default: TREAT.", HelpName = "CODE,CODE" };
        var names = new Option<bool>("--names-persons") { Description = "Its word counts for who is acting." };
        var redirects = new Option<string[]>("--redirect-uri") { Description = "Where an application that acts for users gets its codes; one without keys is a public client.", HelpName = "URI" };
        var launches = new Option<bool>("--launches") { Description = "It may launch applications for a patient, as an EHR does." };
        var (keys, url) = KeyOptions();
        command.Add(redirects);
        command.Add(launches);
        command.Add(socket);
        command.Add(name);
        command.Add(scope);
        command.Add(purpose);
        command.Add(names);
        command.Add(keys);
        command.Add(url);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var addresses = parsed.GetValue(redirects) ?? [];
            var body = addresses.Length > 0 && parsed.GetValue(keys) is null && parsed.GetValue(url) is null ? [] : KeysOf(parsed.GetValue(keys), parsed.GetValue(url));
            body["redirectUris"] = new JsonArray([.. addresses.Select(address => (JsonNode)address)]);
            body["name"] = parsed.GetRequiredValue(name);
            body["scope"] = parsed.GetRequiredValue(scope);
            body["namesPersons"] = parsed.GetValue(names);
            body["launches"] = parsed.GetValue(launches);
            if (parsed.GetValue(purpose) is { } codes)
            {
                body["purposes"] = new JsonArray([.. codes.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(code => (JsonNode)code)]);
            }

            var added = await OperatorSocket.CallAsync(parsed.GetRequiredValue(socket), HttpMethod.Post, "/operator/clients", body, cancellationToken).ConfigureAwait(false);
            surroundings.Terminal.Say(Printable.Line((string?)added?["id"] ?? throw new CommandException(ExitCode.Unreachable, "The node's answer can't be read.")));
            return (int)ExitCode.Fine;
        });
        return command;
    }

    private static Command List(Surroundings surroundings)
    {
        var command = new Command("list", "The clients, the revoked ones too.");
        var socket = OperatorSocket.Option();
        command.Add(socket);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var clients = await OperatorSocket.CallAsync(parsed.GetRequiredValue(socket), HttpMethod.Get, "/operator/clients", null, cancellationToken).ConfigureAwait(false);
            foreach (var client in clients?.AsArray() ?? [])
            {
                var keys = (string?)client!["jwksUrl"] ?? string.Join(',', client["keyIds"]!.AsArray().Select(key => (string?)key));
                surroundings.Terminal.Say(Printable.Line(
                    $"{client["id"]}  {(client["revoked"] is null ? "active " : "revoked")}  {client["name"]}  {client["scope"]}  {string.Join(',', client["purposes"]!.AsArray().Select(code => (string?)code))}{((bool)client["namesPersons"]! ? "  names persons" : "")}{((bool)client["launches"]! ? "  launches" : "")}  keys {keys}"));
            }

            return (int)ExitCode.Fine;
        });
        return command;
    }

    private static Command Rotate(Surroundings surroundings)
    {
        var command = new Command("rotate", "Gives a client other keys; those that it had count no more.");
        var socket = OperatorSocket.Option();
        var id = Id();
        var (keys, url) = KeyOptions();
        command.Add(id);
        command.Add(socket);
        command.Add(keys);
        command.Add(url);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var path = $"/operator/clients/{Uri.EscapeDataString(parsed.GetRequiredValue(id))}/keys";
            _ = await OperatorSocket.CallAsync(parsed.GetRequiredValue(socket), HttpMethod.Put, path, KeysOf(parsed.GetValue(keys), parsed.GetValue(url)), cancellationToken).ConfigureAwait(false) ?? throw Unknown();
            surroundings.Terminal.Note("The client signs with the new keys from now on.");
            return (int)ExitCode.Fine;
        });
        return command;
    }

    private static Command Revoke(Surroundings surroundings)
    {
        var command = new Command("revoke", "Ends a client: it gets no more tokens, and those that it has stop at once.");
        var socket = OperatorSocket.Option();
        var id = Id();
        command.Add(id);
        command.Add(socket);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var path = $"/operator/clients/{Uri.EscapeDataString(parsed.GetRequiredValue(id))}";
            _ = await OperatorSocket.CallAsync(parsed.GetRequiredValue(socket), HttpMethod.Delete, path, null, cancellationToken).ConfigureAwait(false) ?? throw Unknown();
            surroundings.Terminal.Note("The client and its tokens are refused from now on.");
            return (int)ExitCode.Fine;
        });
        return command;
    }

    private static Argument<string> Id() => new("CLIENT-ID") { Description = "As add printed it." };

    private static CommandException Unknown() => new(ExitCode.Finding, "There is no such active client.");

    private static (Option<string?> Keys, Option<string?> Url) KeyOptions() => (
        new Option<string?>("--jwks") { Description = "Its public keys: a JSON Web Key Set.", HelpName = "FILE" },
        new Option<string?>("--jwks-url") { Description = "Where it publishes them, by https.", HelpName = "URL" });

    private static JsonObject KeysOf(string? file, string? url)
    {
        if (file is null == url is null)
        {
            throw new CommandException(ExitCode.Usage, "Say where its keys are: --jwks FILE, or --jwks-url URL.");
        }

        try
        {
            return url is not null ? new JsonObject { ["jwksUrl"] = url } : new JsonObject { ["jwks"] = JsonNode.Parse(LocalFile.Read(file!, LargestKeys)) };
        }
        catch (JsonException)
        {
            throw new CommandException(ExitCode.Usage, $"{file} is no JSON.");
        }
    }
}
