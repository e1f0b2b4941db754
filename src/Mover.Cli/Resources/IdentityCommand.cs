using System.CommandLine;
using System.Text.Json.Nodes;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Client.Arm;
using Mover.Server.Identity;
using Mover.Server.Keys;

namespace Mover.Cli.Resources;

/// <summary><c>mover identity</c>: the keys that make several servers one control plane, where they are, and their rotation.</summary>
internal static class IdentityCommand
{
    private const string Place = "/identity";
    private static readonly Column[] Columns = [new("Part", "part"), new("Id", "id"), new("State", "state"), new("Made", "madeAt")];

    public static Command Create(Terminal terminal)
    {
        var verbs = new NounVerbs(StorageAccountCommand.Noun, terminal);
        var results = new ResultWriter(terminal);
        return new("identity", "Show and rotate the keys of the control plane.")
        {
            verbs.Build("show", "Show the parts of the control plane's identity and the key ring that encrypts it.", null, [],
                async (plane, _, format, cancel) =>
            {
                var answer = await plane.Client.Pipeline.SendAsync(new(HttpMethod.Get, Place), cancel);
                Write(results, terminal, format, answer.Body as JsonObject ?? []);
            }),
            Rotate(verbs, results, terminal),
            NewKey(terminal),
        };
    }

    private static Command Rotate(NounVerbs verbs, ResultWriter results, Terminal terminal)
    {
        var part = new Option<string>("--part")
        {
            Description = $"What to replace: {string.Join(", ", IdentityParts.All)}.",
            Required = true,
        };
        part.AcceptOnlyFromAmong([.. IdentityParts.All]);
        var revoke = new Option<bool>("--revoke")
        {
            Description = "For a signing key or authority that may be compromised: everything signed with it is rejected immediately. "
                + "Everyone who is signed in must sign in again; after revoking an authority, every client and agent needs the new ca.pem.",
        };
        var yes = Prompts.YesFlag();
        return verbs.Build(
            "rotate", "Replace one part of the identity while the control plane serves. Tokens, agents and secrets stay valid.", null,
            [part, revoke, yes], async (plane, parsed, format, cancel) =>
        {
            var (named, revokes) = (parsed.GetRequiredValue(part), parsed.GetValue(revoke));
            Prompts.Confirm(terminal, parsed.GetValue(yes), Question(named, revokes));
            var body = new JsonObject { ["part"] = named, ["revoke"] = revokes };
            var answer = await plane.Client.Pipeline.SendAsync(new(HttpMethod.Post, $"{Place}/rotate", body), cancel);
            Write(results, terminal, format, answer.Body as JsonObject ?? []);
        });
    }

    private static Command NewKey(Terminal terminal)
    {
        var command = new Command("new-key", "Print a new key, one line for a key ring. Anyone who has it can decrypt the identity.");
        command.SetAction(_ =>
        {
            terminal.Out.WriteLine(KeyRingLine.Make());
            return ExitCodes.Ok;
        });
        return command;
    }

    private static string Question(string part, bool revokes) => (part, revokes) switch
    {
        (IdentityParts.SigningKey, true) => "Replace the signing key and reject all tokens issued so far?",
        (IdentityParts.Authority, true) => "Replace the authority? Clients and agents cannot connect until they have the new ca.pem.",
        (IdentityParts.Administrator, _) => "Replace the administrator's secret? Everyone who uses the old one is signed out.",
        _ => $"Replace the {part}?",
    };

    private static void Write(ResultWriter results, Terminal terminal, string format, JsonObject identity)
    {
        if (format != "table")
        {
            results.WriteOne(format, identity, Columns);
            return;
        }

        results.WriteMany(format, [.. (identity["parts"] as JsonArray ?? []).OfType<JsonObject>()], Columns);
        terminal.Error.WriteLine(
            $"Tenant {identity["tenantId"]}, store {identity["store"]}, encrypted with {identity["keyRing"]}; last changed at "
                + $"{identity["changedAt"]} by {identity["changedBy"]}.");
    }
}
