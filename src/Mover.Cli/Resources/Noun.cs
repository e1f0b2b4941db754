using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Cli.Output;
using Mover.Core.Arm;
using Mover.Core.Resources;

namespace Mover.Cli.Resources;

/// <summary>One level of a resource type: the ARM word and the flag that names it, such as <c>projects</c> and <c>project</c>.</summary>
internal readonly record struct Level(string Type, string Word);

/// <summary>A resource type as the command line sees it.</summary>
/// <param name="Title">The noun in sentences, such as <c>job definition</c>.</param>
/// <param name="Provider">Provider and top type, such as <c>Microsoft.StorageMover/storageMovers</c>.</param>
/// <param name="Levels">From the top type down to this one; names come from <c>--{word}-name</c>, the last also from <c>-n</c> and
/// <c>--name</c>.</param>
/// <param name="Columns">What <c>table</c> and <c>tsv</c> show.</param>
internal sealed record Noun(string Title, string Provider, IReadOnlyList<Level> Levels, IReadOnlyList<Column> Columns)
{
    /// <summary>The noun of a type as it is described.</summary>
    public static Noun Of(ResourceType type, IReadOnlyList<Column> columns)
    {
        var levels = new List<Level>();
        var top = type;
        for (var at = type; at is not null; at = at.Parent)
        {
            levels.Insert(0, new(at.Collection, at.Word));
            top = at;
        }

        return new(type.Title, top.Name, levels, columns);
    }
}

/// <summary>The flags that say which resource is meant.</summary>
internal sealed class ScopeFlags
{
    private readonly Noun _noun;
    private readonly Option<string> _group = new("--resource-group", "-g") { Description = "Name of the resource group.", Required = true };
    private readonly List<Option<string>> _parents = [];
    private readonly Option<string>? _name;

    public ScopeFlags(Noun noun, bool withName, bool groupIsOptional = false)
    {
        _noun = noun;
        _group.Required = !groupIsOptional;
        foreach (var level in noun.Levels.SkipLast(1))
        {
            _parents.Add(new($"--{level.Word}-name") { Description = $"Name of the {Spaced(level.Word)}.", Required = true });
        }

        if (withName)
        {
            _name = new("--name", "-n", $"--{noun.Levels[^1].Word}-name") { Description = $"Name of the {noun.Title}.", Required = true };
        }
    }

    public void AddTo(Command command)
    {
        command.Add(_group);
        _parents.ForEach(command.Add);
        if (_name is not null)
        {
            command.Add(_name);
        }
    }

    public string? Group(ParseResult parsed) => parsed.GetValue(_group);

    public string Name(ParseResult parsed) => _name is null ? string.Empty : Checked(parsed.GetRequiredValue(_name));

    public async Task<ResourceId> ReadIdAsync(ParseResult parsed, ControlPlane plane, CancellationToken cancel)
    {
        var id = await ReadParentAsync(parsed, plane, cancel);
        return _parents.Count == 0 ? id.Provider(_noun.Provider, Name(parsed)) : id.Child(_noun.Levels[^1].Type, Name(parsed));
    }

    /// <summary>The collection's path; over the whole subscription when the group was left out.</summary>
    public async Task<string> ReadCollectionAsync(ParseResult parsed, ControlPlane plane, CancellationToken cancel)
    {
        if (_parents.Count > 0)
        {
            return $"{await ReadParentAsync(parsed, plane, cancel)}/{_noun.Levels[^1].Type}";
        }

        var scope = Group(parsed) is { } group
            ? await plane.GetGroupAsync(Checked(group), cancel)
            : ResourceId.OfSubscription(await plane.GetSubscriptionAsync(cancel));
        return $"{scope}/providers/{_noun.Provider}";
    }

    private async Task<ResourceId> ReadParentAsync(ParseResult parsed, ControlPlane plane, CancellationToken cancel)
    {
        var id = await plane.GetGroupAsync(Checked(parsed.GetRequiredValue(_group)), cancel);
        for (var at = 0; at < _parents.Count; at++)
        {
            var name = Checked(parsed.GetRequiredValue(_parents[at]));
            id = at == 0 ? id.Provider(_noun.Provider, name) : id.Child(_noun.Levels[at].Type, name);
        }

        return id;
    }

    /// <summary>A name with a slash would be another resource's id; the server judges everything else.</summary>
    /// <summary>A name, which has no slash: with one it would be another resource's id.</summary>
    public static string Checked(string name) => name.Length > 0 && !name.Contains('/', StringComparison.Ordinal)
        ? name
        : throw Frame.CliException.Usage($"'{name}' is not a valid resource name.");

    private static string Spaced(string word) => word.Replace('-', ' ');
}
