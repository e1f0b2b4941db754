using Mover.Templates.Values;

namespace Mover.Templates.Deployments;

/// <summary>
/// Named values that are each evaluated when first asked for, may name each other in any order, and may not go in circles.
/// </summary>
internal sealed class SymbolTable(Func<string, Func<TemplateValue>?> find)
{
    private readonly Dictionary<string, TemplateValue> _values = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _open = [];

    /// <summary>The value of a name; null when there is none.</summary>
    public TemplateValue? Find(string name)
    {
        if (_values.TryGetValue(name, out var known))
        {
            return known;
        }

        if (find(name) is not { } evaluate)
        {
            return null;
        }

        var at = _open.FindIndex(open => open.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (at >= 0)
        {
            throw new TemplateException(
                $"The '{_open[at]}' symbol's definition cycles back to itself ({string.Join(" -> ", _open.Skip(at).Append(_open[at]))}).");
        }

        _open.Add(name);
        var value = evaluate();
        _open.RemoveAt(_open.Count - 1);
        return _values[name] = value;
    }
}
