using System.CommandLine;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Core.Resources;

namespace Mover.Cli.Resources;

/// <summary><c>mover project</c>: a folder for job definitions.</summary>
internal static class ProjectCommand
{
    public static readonly Noun Noun = Noun.Of(
        Project.Described,
        [Column.Name, new("State", "properties.provisioningState"), Column.Description]);

    public static Command Create(Terminal terminal)
    {
        var verbs = new NounVerbs(Noun, terminal);
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
