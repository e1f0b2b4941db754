using System.Globalization;
using System.Text.Json.Nodes;
using Mover.Core.Arm;
using Mover.Templates;

namespace Mover.Server.Deployments;

/// <summary>
/// How the resources of an export name themselves and each other: by parameters, or as they are. The same resources in the same order give
/// the same names. When a template can have no further parameter, the rest stands as it is.
/// </summary>
internal sealed class ExportedNames
{
    private readonly ExportOptions _options;
    private readonly Dictionary<ResourceId, string> _ofResource = [];
    private readonly Dictionary<ResourceId, string> _ofOther = [];
    private readonly HashSet<string> _taken = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<ResourceId> _exported;

    public ExportedNames(IEnumerable<ResourceId> exported, ExportOptions options)
    {
        _options = options;
        _exported = [.. exported];
    }

    /// <summary>The parameters that were needed, in the order in which they were.</summary>
    public JsonObject Parameters { get; } = [];

    /// <summary>The member <c>name</c> of a resource.</summary>
    public string NameOf(ResourceId id)
    {
        var names = NamesOf(id);
        return ParameterOf(TopOf(id)) is not { } parameter ? Literal(string.Join('/', names))
            : names.Count == 1 ? $"[parameters('{parameter}')]"
            : $"[concat(parameters('{parameter}'), {Quoted("/" + string.Join('/', names.Skip(1)))})]";
    }

    /// <summary>The expression that stands for the id of a resource of the export.</summary>
    public string IdOf(ResourceId id)
    {
        var names = NamesOf(id);
        var first = ParameterOf(TopOf(id)) is { } parameter ? $"parameters('{parameter}')" : Quoted(names[0]);
        return $"[resourceId({Quoted(id.Type)}, {string.Join(", ", [first, .. names.Skip(1).Select(Quoted)])})]";
    }

    /// <summary>A text of a resource as the template has it; notes which resource of the export it names.</summary>
    public string TextOf(string text, SortedSet<ResourceId> named)
    {
        if (_options.IsLiteral || !text.StartsWith("/subscriptions/", StringComparison.OrdinalIgnoreCase)
            || !ResourceId.TryParse(text, out var id) || id.Type.Length == 0)
        {
            if (ResourceId.TryParse(text, out var literal) && _exported.Contains(literal))
            {
                named.Add(literal);
            }

            return Literal(text);
        }

        if (_exported.Contains(id))
        {
            named.Add(id);
            return IdOf(id);
        }

        if (!_ofOther.TryGetValue(id, out var parameter))
        {
            if (Add($"{LastType(id)}_{id.Name}_externalid", text) is not { } added)
            {
                return Literal(text);
            }

            parameter = _ofOther[id] = added;
        }

        // Another spelling of the same id is not the parameter's.
        return Parameters[parameter]?["defaultValue"] is { } known && known.ToString() != text
            ? Literal(text)
            : $"[parameters('{parameter}')]";
    }

    /// <summary>A text that is not evaluated.</summary>
    public static string Literal(string text) => text.StartsWith('[') && text.EndsWith(']') ? "[" + text : text;

    private static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static string LastType(ResourceId id) => id.Type[(id.Type.LastIndexOf('/') + 1)..];

    private static ResourceId TopOf(ResourceId id)
    {
        while (id.Type.Count(c => c == '/') > 1)
        {
            id = id.Parent;
        }

        return id;
    }

    private static List<string> NamesOf(ResourceId id)
    {
        var names = new List<string>();
        for (; id.Type.Length > 0; id = id.Parent)
        {
            names.Insert(0, id.Name);
        }

        return names;
    }

    private string? ParameterOf(ResourceId top)
    {
        if (_options.HasLiteralNames)
        {
            return null;
        }

        if (!_ofResource.TryGetValue(top, out var parameter))
        {
            if (Add($"{LastType(top)}_{top.Name}_name", top.Name) is not { } added)
            {
                return null;
            }

            parameter = _ofResource[top] = added;
        }

        return parameter;
    }

    private string? Add(string wanted, string value)
    {
        if (Parameters.Count >= TemplateLimits.ParametersMax)
        {
            return null;
        }

        var name = string.Concat(wanted.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
        for (var number = 1; !_taken.Add(name); number++)
        {
            name = string.Create(CultureInfo.InvariantCulture, $"{wanted}_{number}");
            name = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
        }

        Parameters[name] = _options.HasDefaults
            ? new JsonObject { ["defaultValue"] = Literal(value), ["type"] = "String" }
            : new JsonObject { ["type"] = "String" };
        return name;
    }
}
