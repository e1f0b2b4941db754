using System.CommandLine;
using System.Text.Json.Nodes;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Client;

namespace Mover.Cli.Resources;

/// <summary><c>mover job-definition</c>: what moves from where to where, and starting and stopping it.</summary>
internal static class JobDefinitionCommand
{
    public static Command Create(Terminal terminal)
    {
        var verbs = new NounVerbs(Nouns.JobDefinition, terminal);
        return new("job-definition", "Manage, start and stop jobs.")
        {
            verbs.Create("create", "Create or replace a job definition.", [CopyMode(required: true), .. Fixed(), .. Changeable()]),
            verbs.Show(),
            verbs.List(),
            verbs.Update("update", "Change a job definition.", [CopyMode(required: false), .. Changeable()]),
            verbs.Delete(),
            verbs.Wait(),
            StartJob(verbs, terminal),
            verbs.OfOne("stop-job", "Ask the active run of the job to stop.", [], async (plane, id, _, cancel) =>
                new JsonObject { ["jobRunResourceId"] = (await plane.Client.StopJobAsync(id, cancel)).Text }, RunColumns),
            verbs.OfOne("reconcile-job", "Make the job, its active run and the agent's queue agree.", [], async (plane, id, _, cancel) =>
                await plane.Client.PostAsync(id, "reconcileJob", null, cancel) as JsonObject ?? [], RunColumns),
        };
    }

    private static Command StartJob(NounVerbs verbs, Terminal terminal)
    {
        var grant = new Option<bool>("--grant")
        {
            Description = "First give the agent's identity the data roles that the run needs, with your rights, as Azure's portal does.",
        };
        return verbs.OfOne("start-job", "Start a run of the job; prints its id.", [new(grant, string.Empty, _ => null)],
            async (plane, id, parsed, cancel) =>
        {
            if (parsed.GetValue(grant))
            {
                foreach (var given in await plane.Client.GrantJobAsync(id, cancel))
                {
                    terminal.Error.WriteLine(Told(given));
                }
            }

            return new() { ["jobRunResourceId"] = (await plane.Client.StartJobAsync(id, cancel)).Text };
        }, RunColumns);
    }

    private static string Told(JobGrant given) => given.Outcome switch
    {
        JobGrantOutcome.Given => $"Granted '{given.Role.RoleName}' at {given.Scope}.",
        JobGrantOutcome.Present => $"'{given.Role.RoleName}' was granted already at {given.Scope}.",
        _ => $"'{given.Role.RoleName}' cannot be granted at {given.Scope}: the account is not registered here. "
            + "Register it (mover storage-account create), then start the job again with --grant.",
    };

    private static readonly IReadOnlyList<Column> RunColumns = [new("JobRun", "jobRunResourceId")];

    private static BodyFlag CopyMode(bool required) =>
        BodyFlag.Choice(
            "--copy-mode", "properties.copyMode", "What happens to target items that the source does not have; they stay or go:",
            ["Additive", "Mirror"], required);

    private static IEnumerable<BodyFlag> Fixed()
    {
        yield return BodyFlag.Text("--source-name", "properties.sourceName", "Name of the source endpoint.", required: true);
        yield return BodyFlag.Text("--target-name", "properties.targetName", "Name of the target endpoint.", required: true);
        yield return BodyFlag.Text(
            "--source-subpath", "properties.sourceSubpath", "Folder of the source to move; all of it when left out.");
        yield return BodyFlag.Text(
            "--target-subpath", "properties.targetSubpath", "Folder of the target to move to; its root when left out.");
        yield return BodyFlag.Choice("--job-type", "properties.jobType", "Who moves the data:", ["OnPremToCloud", "CloudToCloud"]);
        yield return BodyFlag.Switch(
            "--preserve-permissions", "properties.preservePermissions", "Whether owner and permissions move too; true when left out.");
    }

    private static IEnumerable<BodyFlag> Changeable()
    {
        yield return BodyFlag.Text("--agent-name", "properties.agentName", "Name of the agent for new runs.");
        yield return BodyFlag.Text("--description", "properties.description", "A description.");
        yield return BodyFlag.TextList("--connections", "properties.connections", "Resource ids of the connections to use.");
        yield return BodyFlag.Choice(
            "--data-integrity-validation", "properties.dataIntegrityValidation", "Digests that are stored and checked:",
            ["None", "SaveFileMD5", "SaveVerifyFileMD5"]);
        yield return BodyFlag.Json("--schedule", "properties.schedule", "When runs start by themselves.");
    }
}
