using System.CommandLine;
using System.Text.Json.Nodes;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Client;
using Mover.Core.Resources;

namespace Mover.Cli.Resources;

/// <summary><c>mover job-definition</c>: what moves from where to where, and starting and stopping it.</summary>
internal static class JobDefinitionCommand
{
    public static readonly Noun Noun = Noun.Of(
        JobDefinition.Described,
        [
            Column.Name, new("Mode", "properties.copyMode"), new("Source", "properties.sourceName"), new("Target", "properties.targetName"),
            new("Agent", "properties.agentName"), new("LatestRun", "properties.latestJobRunName"),
            new("Status", "properties.latestJobRunStatus"),
        ]);

    public static Command Create(Terminal terminal)
    {
        var verbs = new NounVerbs(Noun, terminal);
        return new("job-definition", "Manage, start and stop jobs.")
        {
            verbs.Create("create", "Create or replace a job definition.", [CopyMode(required: true), .. Fixed(), .. Changeable()]),
            verbs.Show(),
            verbs.List(),
            verbs.Update("update", "Change a job definition.", [CopyMode(required: false), .. Changeable()]),
            verbs.Delete(),
            verbs.Wait(),
            StartJob(verbs, terminal),
            verbs.OfOne("stop-job", "Stop the active run of the job.", [], async (plane, id, _, cancel) =>
                new JsonObject { ["jobRunResourceId"] = (await plane.Client.StopJobAsync(id, cancel)).Text }, RunColumns),
            verbs.OfOne("reconcile-job", "Reconcile the job, its active run and the agent's queue.", [], async (plane, id, _, cancel) =>
                await plane.Client.PostAsync(id, "reconcileJob", null, cancel) as JsonObject ?? [], RunColumns),
        };
    }

    private static Command StartJob(NounVerbs verbs, Terminal terminal)
    {
        var grant = new Option<bool>("--grant")
        {
            Description = "First assign the agent's identity the data roles that the run needs, using your permissions, "
                + "as the Azure portal does.",
        };
        return verbs.OfOne("start-job", "Start a run of the job and print its id.", [new(grant, string.Empty, _ => null)],
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
        JobGrantOutcome.Present => $"'{given.Role.RoleName}' was already granted at {given.Scope}.",
        _ => $"Cannot grant '{given.Role.RoleName}' at {given.Scope}: the account is not registered here. "
            + "Register it (mover storage-account create), then start the job again with --grant.",
    };

    private static readonly IReadOnlyList<Column> RunColumns = [new("JobRun", "jobRunResourceId")];

    private static BodyFlag CopyMode(bool required) =>
        BodyFlag.Choice(
            "--copy-mode", "properties.copyMode", "Whether target items that the source does not have are kept or deleted:",
            ["Additive", "Mirror"], required);

    private static IEnumerable<BodyFlag> Fixed()
    {
        yield return BodyFlag.Text("--source-name", "properties.sourceName", "Name of the source endpoint.", required: true);
        yield return BodyFlag.Text("--target-name", "properties.targetName", "Name of the target endpoint.", required: true);
        yield return BodyFlag.Text(
            "--source-subpath", "properties.sourceSubpath", "Source folder to copy; by default, everything.");
        yield return BodyFlag.Text(
            "--target-subpath", "properties.targetSubpath", "Target folder; by default, the root.");
        yield return BodyFlag.Choice("--job-type", "properties.jobType", "Type of the job:", ["OnPremToCloud", "CloudToCloud"]);
        yield return BodyFlag.Switch(
            "--preserve-permissions", "properties.preservePermissions", "Whether to copy owners and permissions; true by default.");
    }

    private static IEnumerable<BodyFlag> Changeable()
    {
        yield return BodyFlag.Text("--agent-name", "properties.agentName", "Name of the agent for new runs.");
        yield return BodyFlag.Text("--description", "properties.description", "A description.");
        yield return BodyFlag.TextList("--connections", "properties.connections", "Resource ids of the connections to use.");
        yield return BodyFlag.Choice(
            "--data-integrity-validation", "properties.dataIntegrityValidation", "Digests to store and verify:",
            ["None", "SaveFileMD5", "SaveVerifyFileMD5"]);
        yield return BodyFlag.Json("--schedule", "properties.schedule", "When runs start by themselves.");
    }
}
