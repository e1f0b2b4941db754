using System.Text.Json.Nodes;
using Mover.Core.Arm;
using Mover.Recovery.Status;

namespace Mover.Cli.Recovery;

/// <summary>What a person does next: one command to paste, after the agents' lines when agents are missing.</summary>
/// <param name="Command">The command; null when a person must choose first.</param>
internal sealed record NextCommand(string? Command)
{
    private const int LineCharsMax = 32_000;
    private const int ChoicesMax = 20;

    /// <summary>Lines for the hosts of agents, which come before the command.</summary>
    public IReadOnlyList<AgentLines> Agents { get; init; } = [];

    /// <summary>What must be chosen; null when nothing must.</summary>
    public string? Choice { get; init; }

    /// <summary>One command for each choice.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Writes it after a title, such as <c>Next</c>.</summary>
    public void Write(TextWriter writer, string title)
    {
        if (Choice is not null)
        {
            writer.WriteLine($"{title}: {Line(Choice)}");
            foreach (var choice in Choices.Take(ChoicesMax))
            {
                writer.WriteLine($"  {Line(choice)}");
            }

            return;
        }

        if (Agents.Count == 0)
        {
            writer.WriteLine($"{title}: {Line(Command ?? string.Empty)}");
            return;
        }

        writer.WriteLine(Agents.Count == 1
            ? $"{title}, on a machine that reaches the sources (on another one, sign in first: mover login):"
            : $"{title}, for each storage mover on a machine that reaches its sources (on another one, sign in first: mover login):");
        foreach (var lines in Agents)
        {
            writer.WriteLine($"  {Line(lines.Register)}");
            writer.WriteLine($"  {Line(lines.Run)}");
        }

        writer.WriteLine($"Then: {Line(Command ?? string.Empty)}");
    }

    /// <summary>Adds it to a document.</summary>
    public void AddTo(JsonObject document)
    {
        document["next"] = Command;
        document["agents"] = new JsonArray([.. Agents.Select(lines => (JsonNode)new JsonObject
        {
            ["storageMover"] = lines.Mover, ["agent"] = lines.Agent, ["register"] = lines.Register, ["run"] = lines.Run,
        })]);
        document["choice"] = Choice;
        document["choices"] = new JsonArray([.. Choices.Select(choice => (JsonNode)choice)]);
    }

    // A snapshot may come from anybody.
    private static string Line(string text) => PrintedText.Of(text, LineCharsMax);
}
