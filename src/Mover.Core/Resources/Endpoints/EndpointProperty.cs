using Mover.Core.Arm;
using Mover.Core.Rules;

namespace Mover.Core.Resources;

/// <summary>What may change a property after its endpoint was made.</summary>
public enum PropertyChange
{
    /// <summary>Nothing: it is set at creation.</summary>
    AtCreation,

    /// <summary>A PUT; a PATCH that names another value is refused.</summary>
    ByPut,

    /// <summary>A PUT; a PATCH ignores it.</summary>
    ByPutAlone,

    /// <summary>A PUT or a PATCH.</summary>
    Always,
}

/// <summary>One property of a kind of storage endpoint.</summary>
/// <param name="name">Its name on the wire.</param>
public abstract class EndpointProperty(string name)
{
    /// <summary>Its name on the wire.</summary>
    public string Name { get; } = name;

    /// <summary>Whether it must be there.</summary>
    public bool IsRequired { get; init; }

    /// <summary>What may change it.</summary>
    public PropertyChange Change { get; init; }

    /// <summary>The first api-version that has it; null when all that have its kind do.</summary>
    public string? Since { get; init; }

    /// <summary>Of its words those that came later than it.</summary>
    public IReadOnlyList<NewWord> NewWords { get; init; } = [];

    /// <summary>Its column in tables; null when they leave it out.</summary>
    public string? Column { get; init; }

    /// <summary>The flags of the command line that set it.</summary>
    public IReadOnlyList<EndpointFlag> Flags { get; init; } = [];

    /// <summary>Whether it is checked after the others that say where the data is, and compared in its place.</summary>
    public bool IsCheckedLast { get; init; }

    /// <summary>Whether it says where the data is, so that another value means another endpoint.</summary>
    public bool IsOfPlace => IsRequired || Change is PropertyChange.AtCreation;

    /// <summary>The type of the credentials that it is; null when it is none.</summary>
    public virtual string? CredentialsType => null;

    private protected string Target => "properties." + Name;
}

/// <summary>One property of the kind whose properties are <typeparamref name="T"/>.</summary>
/// <param name="name">Its name on the wire.</param>
public abstract class EndpointProperty<T>(string name) : EndpointProperty(name)
    where T : StorageEndpointProperties
{
    /// <summary>The properties with this one as it is kept; adds to <paramref name="problems"/> what is wrong with it.</summary>
    internal abstract T Check(Problems problems, T? before, T asked);

    /// <summary>Adds a problem when it is not as it was.</summary>
    internal virtual void Compare(Problems problems, T? before, T asked)
    {
    }

    internal virtual T WithoutEmptySecrets(T asked) => asked;

    internal virtual IEnumerable<string?> SecretsOf(T properties) => [];
}

/// <summary>A word that a property got later than it came.</summary>
/// <param name="Word">The word.</param>
/// <param name="Since">The first api-version that has it.</param>
/// <param name="ShownAs">What an older version shows in its place.</param>
public sealed record NewWord(string Word, string Since, string ShownAs);

/// <summary>A flag of the command line that sets a property.</summary>
/// <param name="Name">The flag.</param>
/// <param name="Description">One sentence of help.</param>
public sealed record EndpointFlag(string Name, string Description)
{
    /// <summary>The name of what it sets inside the property; null for the property itself.</summary>
    public string? Part { get; init; }

    /// <summary>Another name of the flag.</summary>
    public string? Alias { get; init; }

    /// <summary>Whether the command line asks for it; it does for every required property.</summary>
    public bool IsRequired { get; init; }

    /// <summary>The words that it takes; null for any text.</summary>
    public IReadOnlyList<string>? Words { get; init; }
}

/// <summary>How two values of a property that is set at creation compare.</summary>
public enum TextCasing
{
    /// <summary>Character by character.</summary>
    Exact,

    /// <summary>Casing aside.</summary>
    Ignored,

    /// <summary>As ids do.</summary>
    OfIds,
}

/// <summary>What a text must be like.</summary>
/// <param name="Holds">Whether a text is.</param>
/// <param name="Sentence">What to say when it is not.</param>
public sealed record TextPattern(Func<string, bool> Holds, string Sentence);

/// <summary>A property that is a text, an id or a word.</summary>
/// <param name="name">Its name on the wire.</param>
/// <param name="read">Reads it.</param>
public sealed class TextProperty<T>(string name, Func<T, string?> read) : EndpointProperty<T>(name)
    where T : StorageEndpointProperties
{
    /// <summary>The type of resource that it is the id of; null for other texts.</summary>
    public string? IdOf { get; init; }

    /// <summary>Characters at most, none of them a control character; null for no rule.</summary>
    public int? CharsMax { get; init; }

    /// <summary>What it must be like.</summary>
    public TextPattern? Pattern { get; init; }

    /// <summary>The words that it may be, kept in their own casing by <see cref="Keep"/>; null for any text.</summary>
    public IReadOnlyList<string>? Words { get; init; }

    /// <summary>The word that is kept when none was ever given.</summary>
    public string? Default { get; init; }

    /// <summary>Keeps the word that was found.</summary>
    public Func<T, string?, T>? Keep { get; init; }

    /// <summary>How it compares with what was kept.</summary>
    public TextCasing Casing { get; init; }

    internal override T Check(Problems problems, T? before, T asked)
    {
        var value = read(asked);
        if (IdOf is { } type)
        {
            problems.IdOfType(Target, value, type);
        }
        else if (IsRequired)
        {
            problems.Required(Target, value);
        }

        if (CharsMax is { } chars)
        {
            problems.Text(Target, value, chars);
        }

        if (Pattern is { } pattern && value is not null && !pattern.Holds(value))
        {
            problems.Add(Target, pattern.Sentence);
        }

        if (Words is null || Keep is null)
        {
            return asked;
        }

        var word = problems.Known(Target, value, Words);
        return Keep(asked, Default is null ? word : word ?? (before is null ? null : read(before)) ?? Default);
    }

    internal override void Compare(Problems problems, T? before, T asked)
    {
        var (kept, wanted) = ((before is null ? null : read(before)) ?? Default, read(asked));
        switch (Casing)
        {
            case TextCasing.OfIds:
                problems.UnchangedId(Target, kept, wanted);
                break;
            case TextCasing.Ignored:
                problems.Unchanged(Target, kept, wanted, StringComparison.OrdinalIgnoreCase);
                break;
            default:
                problems.Unchanged(Target, kept, wanted);
                break;
        }
    }
}

/// <summary>A property with a rule of its own, or with none.</summary>
/// <param name="name">Its name on the wire.</param>
/// <param name="rule">Adds what is wrong with it.</param>
public sealed class RuleProperty<T>(string name, Action<Problems, T>? rule = null) : EndpointProperty<T>(name)
    where T : StorageEndpointProperties
{
    internal override T Check(Problems problems, T? before, T asked)
    {
        rule?.Invoke(problems, asked);
        return asked;
    }
}

/// <summary>A secret that credentials name.</summary>
/// <param name="Name">Its name on the wire.</param>
/// <param name="Flag">The flag of the command line that sets it.</param>
/// <param name="Title">What it is.</param>
/// <param name="Read">Reads its address.</param>
public sealed record CredentialSecret(string Name, string Flag, string Title, Func<VaultCredentials, string?> Read);

/// <summary>The credentials of a kind: addresses of secrets in a vault.</summary>
public sealed class CredentialsProperty<T> : EndpointProperty<T>
    where T : StorageEndpointProperties
{
    private readonly string _type;
    private readonly Func<T, VaultCredentials?> _read;
    private readonly Func<T, VaultCredentials?, T> _keep;
    private readonly IReadOnlyList<CredentialSecret> _secrets;

    /// <summary>Credentials of a type, with the secrets that it uses.</summary>
    public CredentialsProperty(
        string type, Func<T, VaultCredentials?> read, Func<T, VaultCredentials?, T> keep, params IReadOnlyList<CredentialSecret> secrets)
        : base("credentials")
    {
        (_type, _read, _keep, _secrets) = (type, read, keep, secrets);
        Change = PropertyChange.Always;
        Flags =
        [
            .. secrets.Select(secret => new EndpointFlag(
                secret.Flag, $"Key Vault URI of the secret with the {secret.Title}; empty to clear it.") { Part = secret.Name }),
        ];
    }

    /// <inheritdoc/>
    public override string? CredentialsType => _type;

    internal override T Check(Problems problems, T? before, T asked) => _keep(asked, Credentials(problems, _read(asked)));

    internal override T WithoutEmptySecrets(T asked) =>
        _read(asked) is { } credentials ? _keep(asked, WithoutEmpty(credentials)) : asked;

    internal override IEnumerable<string?> SecretsOf(T properties) =>
        _read(properties) is { } credentials ? _secrets.Select(secret => secret.Read(credentials)) : [];

    private VaultCredentials? Credentials(Problems problems, VaultCredentials? asked)
    {
        if (asked is null)
        {
            return null;
        }

        if (asked.Type is not null && !asked.Type.Equals(_type, StringComparison.OrdinalIgnoreCase))
        {
            problems.Add(Target + ".type", $"The credentials of this endpoint type must be of type '{_type}'.");
        }

        Secret(problems, "usernameUri", asked.UsernameUri);
        Secret(problems, "passwordUri", asked.PasswordUri);
        Secret(problems, "accessKeyUri", asked.AccessKeyUri);
        Secret(problems, "secretKeyUri", asked.SecretKeyUri);
        return asked with { Type = _type };
    }

    private void Secret(Problems problems, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value) && !(Uri.TryCreate(value, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps))
        {
            problems.Add(Target + "." + name, "A credential must be the https URI of a vault secret, not the secret itself.");
        }
    }

    private static VaultCredentials WithoutEmpty(VaultCredentials credentials) => credentials with
    {
        UsernameUri = credentials.UsernameUri is "" ? null : credentials.UsernameUri,
        PasswordUri = credentials.PasswordUri is "" ? null : credentials.PasswordUri,
        AccessKeyUri = credentials.AccessKeyUri is "" ? null : credentials.AccessKeyUri,
        SecretKeyUri = credentials.SecretKeyUri is "" ? null : credentials.SecretKeyUri,
    };
}
