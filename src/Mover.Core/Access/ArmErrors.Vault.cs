namespace Mover.Core.Arm;

/// <summary>Refusals of the built-in vault; codes as Key Vault gives them.</summary>
public static partial class ArmErrors
{
    /// <summary>404: no such secret, or not in that version.</summary>
    public static ArmError SecretNotFound(string name) =>
        new(404, "SecretNotFound", $"A secret with the name or version '{Shown(name)}' was not found in this vault.");

    /// <summary>400: a value of the request is wrong.</summary>
    public static ArmError BadParameter(string target, string message) => new(400, "BadParameter", message, target);

    /// <summary>403: the secret is disabled.</summary>
    public static ArmError SecretDisabled(string name) =>
        new(403, "Forbidden", $"The secret '{Shown(name)}' is disabled; set its attribute 'enabled' to read it.");

    /// <summary>500: what is stored was changed, or its key is gone.</summary>
    public static ArmError SecretUnreadable(string name) =>
        new(500, "SecretUnreadable",
            $"The stored value of '{Shown(name)}' cannot be decrypted: it was changed, "
            + "or the vault key it needs is missing. Set the secret again.");

    /// <summary>409: the key ring has no newer key, or cannot be used; the text says what to do.</summary>
    public static ArmError KeyRingNotReady(string message) => new(409, "KeyRingNotReady", message);
}
