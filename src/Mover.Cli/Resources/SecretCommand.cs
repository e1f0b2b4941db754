using System.CommandLine;
using System.Text.Json.Nodes;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Client.Arm;

namespace Mover.Cli.Resources;

/// <summary>
/// <c>mover secret</c>: the server's vault, by Key Vault's secrets API. A value comes from a file or standard input, and is shown only when
/// asked for.
/// </summary>
internal static class SecretCommand
{
    private const string Version = "7.4";
    private static readonly Column[] Columns = [
        new("Id", "id"), new("Enabled", "attributes.enabled"), new("Updated", "attributes.updated")];
    private static readonly Column[] WithValue = [new("Id", "id"), new("Value", "value")];

    public static Command Create(Terminal terminal)
    {
        var verbs = new NounVerbs(new("secret", string.Empty, [new("secrets", "secret")], Columns), terminal);
        var results = new ResultWriter(terminal);
        return new("secret", "Manage secrets in the server's vault.")
        {
            SetSecret(verbs, results, terminal),
            Show(verbs, results),
            List(verbs, results),
            Delete(verbs, terminal),
        };
    }

    private static Command SetSecret(NounVerbs verbs, ResultWriter results, Terminal terminal)
    {
        var (vault, name) = Flags();
        var file = new Option<string?>("--file", "-f")
        {
            Description = "File with the value; standard input by default.",
            HelpName = "file",
        };
        return verbs.Build(
            "set", "Set a secret. The value is read from a file or from standard input.", null, [vault, name, file],
            async (plane, parsed, format, cancel) =>
        {
            var value = Secrets.ReadFileOrStdin(parsed.GetValue(file), terminal, "value");
            var answer = await SendAsync(plane, HttpMethod.Put, PathOf(parsed, vault, name), new JsonObject { ["value"] = value }, cancel);
            answer.Remove("value");
            results.WriteOne(format, answer, Columns);
        });
    }

    private static Command Show(NounVerbs verbs, ResultWriter results)
    {
        var (vault, name) = Flags();
        var reveal = new Option<bool>("--reveal") { Description = "Show the value." };
        return verbs.Build(
            "show", "Show a secret's attributes, and its value with --reveal.", null, [vault, name, reveal],
            async (plane, parsed, format, cancel) =>
        {
            var answer = await SendAsync(plane, HttpMethod.Get, PathOf(parsed, vault, name), null, cancel);
            if (!parsed.GetValue(reveal))
            {
                answer.Remove("value");
            }

            results.WriteOne(format, answer, parsed.GetValue(reveal) ? WithValue : Columns);
        });
    }

    private static Command List(NounVerbs verbs, ResultWriter results)
    {
        var (vault, _) = Flags();
        return verbs.Build("list", "List the secrets of a vault, without values.", null, [vault], async (plane, parsed, format, cancel) =>
        {
            var all = new List<JsonObject>();
            var next = (string?)$"/vaults/{Uri.EscapeDataString(parsed.GetRequiredValue(vault))}/secrets?api-version={Version}";
            while (next is not null)
            {
                var page = await SendAsync(plane, HttpMethod.Get, next, null, cancel);
                all.AddRange((page["value"] as JsonArray ?? []).OfType<JsonObject>());
                next = page["nextLink"]?.ToString() is { Length: > 0 } link ? ArmOperations.PathOf(link) : null;
            }

            results.WriteMany(format, all, Columns);
        });
    }

    private static Command Delete(NounVerbs verbs, Terminal terminal)
    {
        var (vault, name) = Flags();
        var yes = Prompts.YesFlag();
        return verbs.Build("delete", "Delete a secret.", null, [vault, name, yes], async (plane, parsed, _, cancel) =>
        {
            Prompts.Confirm(terminal, parsed.GetValue(yes), $"Delete the secret '{parsed.GetValue(name)}'?");
            await SendAsync(plane, HttpMethod.Delete, PathOf(parsed, vault, name), null, cancel);
        });
    }

    private static (Option<string> Vault, Option<string> Name) Flags() => (
        new("--vault-name") { Description = "Name of the vault.", Required = true },
        new("--name", "-n") { Description = "Name of the secret.", Required = true });

    private static string PathOf(ParseResult parsed, Option<string> vault, Option<string> name) =>
        $"/vaults/{Uri.EscapeDataString(parsed.GetRequiredValue(vault))}/secrets/"
            + $"{Uri.EscapeDataString(parsed.GetRequiredValue(name))}?api-version={Version}";

    private static async Task<JsonObject> SendAsync(
        ControlPlane plane, HttpMethod method, string path, JsonObject? body, CancellationToken cancel) =>
        (await plane.Client.Pipeline.SendAsync(new(method, path, body), cancel)).Body as JsonObject ?? [];
}
