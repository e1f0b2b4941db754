namespace Mover.Templates.Values;

/// <summary>Collects members; a name that comes again, case ignored, replaces the value and stays at its place.</summary>
internal sealed class ObjectBuilder
{
    private readonly List<Member> _members = [];
    private readonly Dictionary<string, int> _at = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The members so far.</summary>
    public int Count => _members.Count;

    /// <summary>Whether the name was set.</summary>
    public bool Has(string name) => _at.ContainsKey(name);

    /// <summary>The value of the name; null when it was not set.</summary>
    public TemplateValue? Find(string name) => _at.TryGetValue(name, out var at) ? _members[at].Value : null;

    /// <summary>Sets a member.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value.</param>
    /// <param name="keepSpelling">Whether an earlier spelling of the name stays.</param>
    /// <param name="place">Where the name stands.</param>
    public ObjectBuilder Set(string name, TemplateValue value, bool keepSpelling = false, Place place = default)
    {
        if (_at.TryGetValue(name, out var at))
        {
            _members[at] = new(keepSpelling ? _members[at].Name : name, value, place);
        }
        else
        {
            _at[name] = _members.Count;
            _members.Add(new(name, value, place));
        }

        return this;
    }

    /// <summary>Sets a member unless the value is null.</summary>
    public ObjectBuilder SetAny(string name, TemplateValue? value) => value is null ? this : Set(name, value);

    /// <summary>The object; the builder is not used afterwards.</summary>
    public ObjectValue Build(Place place = default) => new(_members) { Place = place };
}
