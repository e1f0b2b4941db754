using System.CommandLine;
using System.Text.Json.Nodes;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Recovery.Agents;

namespace Mover.Cli.Recovery;

/// <summary><c>mover recovery grant</c>: agents get the rights that their jobs need.</summary>
internal static class GrantCommand
{
    private static readonly IReadOnlyList<Column> Columns =
        [new("Agent", "agent"), new("Role", "role"), new("Scope", "scope"), new("Result", "result"), new("Reason", "reason")];

    public static Command Create(Terminal terminal)
    {
        var revoke = new Option<bool>("--revoke") { Description = "Remove only the roles that an earlier grant assigned." };
        var flags = new RecoveryFlags();
        var command = new Command(
            "grant", "Assign the agents' identities the roles that their jobs need, on exactly the containers, shares and "
                + "vault secrets that they use.")
        {
            revoke,
        };
        flags.AddEstateTo(command, withJobs: true);
        command.SetAction(async (parsed, cancel) =>
        {
            using var plane = flags.Open(parsed, terminal);
            var group = await flags.ReadGroupAsync(parsed, plane, flags.ReadPlan(parsed), cancel);
            if (parsed.GetValue(revoke))
            {
                var revoked = await new Grants(plane.Client, group).RevokeAsync(cancel);
                new ResultWriter(terminal).WriteMany(flags.Output(parsed), [.. revoked.Select(Row)], Columns);
                var kept = revoked.Count(one => one.Reason is not null);
                terminal.Error.WriteLine($"Revoked {revoked.Count - kept} role assignments, {kept} were refused.");
                return kept == 0 ? ExitCodes.Ok : ExitCodes.Refused;
            }

            var estate = await JobEstate.ReadAsync(plane.Client, group, flags.Mover(parsed), cancel);
            var grants = await new Grants(plane.Client, group).GiveAsync(
                estate, estate.Choose(flags.Projects(parsed), flags.Jobs(parsed)), cancel);
            new ResultWriter(terminal).WriteMany(flags.Output(parsed), [.. grants.Select(Row)], Columns);
            var refused = grants.Count(grant => grant.Outcome is GrantOutcome.Refused or GrantOutcome.Elsewhere);
            terminal.Error.WriteLine(
                $"Granted {grants.Count(grant => grant.Outcome == GrantOutcome.Given)} roles, "
                    + $"{grants.Count(grant => grant.Outcome == GrantOutcome.Present)} already existed, {refused} could not be granted."
                    + (refused == 0 ? " Next: mover recovery start."
                        : " Ask a User Access Administrator to grant them, or run this command again as one."));
            return refused == 0 ? ExitCodes.Ok : ExitCodes.Refused;
        });
        return command;
    }

    private static JsonObject Row(RevokedGrant one) => new()
    {
        ["scope"] = one.Scope, ["result"] = one.Reason is null ? "revoked" : "Refused", ["reason"] = one.Reason,
    };

    private static JsonObject Row(Grant grant) => new()
    {
        ["agent"] = grant.Agent,
        ["role"] = grant.Role.RoleName,
        ["scope"] = grant.Scope,
        ["result"] = grant.Outcome.ToString(),
        ["reason"] = grant.Reason,
        ["jobs"] = new JsonArray([.. grant.Jobs.Select(job => (JsonNode)job)]),
    };
}
