namespace Mover.Transfer.Contract;

/// <summary>Which differences between names a volume does not see: names that differ in nothing else are one entry there.</summary>
[Flags]
public enum NameFoldings
{
    /// <summary>Names are bytes, and each difference counts.</summary>
    None = 0,

    /// <summary>Letters A to Z in upper and lower case are the same.</summary>
    AsciiCase = 1,

    /// <summary>Other letters in upper and lower case are the same; comes with <see cref="AsciiCase"/>.</summary>
    OtherCase = 2,

    /// <summary>All letters in upper and lower case are the same (Unicode case folding).</summary>
    Case = AsciiCase | OtherCase,

    /// <summary>A letter with an accent is the same as one character or as several (Unicode canonical equivalence, NFC and NFD).</summary>
    Normalization = 4,
}
