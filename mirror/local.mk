# mirror
