using System.CommandLine;
using Mover.Cli.Frame;

namespace Mover.Cli.Resources;

/// <summary><c>mover project</c>: a folder for job definitions.</summary>
internal static class ProjectCommand
{
    public static Command Create(Terminal terminal)
    {
        var verbs = new NounVerbs(Nouns.Project, terminal);
        var description = BodyFlag.Text("--description", "properties.description", "A description.");
        return new("project", "Manage projects, which group job definitions.")
        {
            verbs.Create("create", "Create or replace a project.", [description]),
            verbs.Show(),
            verbs.List(),
            verbs.Update("update", "Change a project's description.", [description]),
            verbs.Delete(),
            verbs.Wait(),
        };
    }
}
